// Rounds of questions to the service, one under way for each name. A round of something else breaks the older off;
// one of the same waits until it has ended, and only the newest waits: an answer is never overtaken for ever. One
// that failed is asked again after a while.

type Work = (signal: AbortSignal) => Promise<void>;

interface Round {
  about: string;
  control: AbortController;
  next: Work | null;
  again?: ReturnType<typeof setTimeout>;
}

export const againMs = 5000;

export class Rounds {
  private rounds = new Map<string, Round>();

  /** `about` says what is asked for: the same again is no reason to break off. */
  ask(name: string, about: string, work: Work): void {
    const round = this.rounds.get(name);
    if (round && round.about === about) {
      round.next = work;
      return;
    }
    if (round) stop(round);
    this.begin(name, about, work);
  }

  /** Nobody looks at the answers any more. */
  end(): void {
    for (const round of this.rounds.values()) stop(round);
    this.rounds.clear();
  }

  private begin(name: string, about: string, work: Work): void {
    const round: Round = { about, control: new AbortController(), next: null };
    this.rounds.set(name, round);
    const goOn = (next: Work | null) => {
      if (this.rounds.get(name) !== round) return;
      this.rounds.delete(name);
      if (next) this.begin(name, about, next);
    };
    work(round.control.signal).then(
      () => goOn(round.next),
      () => {
        if (this.rounds.get(name) === round) round.again = setTimeout(() => goOn(round.next ?? work), againMs);
      },
    );
  }
}

function stop(round: Round): void {
  round.control.abort();
  clearTimeout(round.again);
}
