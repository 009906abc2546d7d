// When the index of what is recorded is asked for: anew for other plants or another transport, once a minute
// besides, and soon again after it could not be read. One question at a time.

export const refreshMs = 60_000;
export const againMs = 5_000;

export class PastIndex {
  private readFor: string | null = null;
  private triedAt = -Infinity;
  private failed = false;
  private asking: string | null = null;

  constructor(
    /** Rejects when any part of it could not be read. */
    private readonly read: (key: string, another: boolean) => Promise<void>,
    private readonly now: () => number,
  ) {}

  /** Called with everything that changes; asks only when it is time. */
  follow(key: string): void {
    if (this.asking === key) return;
    const age = this.now() - this.triedAt;
    const another = key !== this.readFor;
    if (!another && age < (this.failed ? againMs : refreshMs)) return;
    this.asking = key;
    this.readFor = key;
    this.triedAt = this.now();
    const ended = (failed: boolean) => {
      if (this.asking !== key) return;
      this.asking = null;
      this.failed = failed;
    };
    this.read(key, another).then(
      () => ended(false),
      () => ended(true),
    );
  }
}
