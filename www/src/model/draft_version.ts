// Which version of a draft is ours, and whether the state document tells of another. Versions grow and are never
// given twice; 0 says that there is no draft. The document of the series knows a change before the state document
// does: until that has caught up, what it tells is no news.

export class DraftVersion {
  private known = 0;
  private highest = 0;
  private caughtUp = false;

  /** As the service answered to us. */
  take(version: number): void {
    if (version === this.known) return;
    this.known = version;
    this.highest = Math.max(this.highest, version);
    this.caughtUp = false;
  }

  /** Of the state document: whether somebody else made it. */
  isNews(told: number): boolean {
    if (told === this.known) this.caughtUp = true;
    return told > this.highest || (told === 0 && this.known > 0 && this.caughtUp);
  }
}
