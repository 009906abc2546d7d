// One question that is asked until it is answered, with backoff: yes, or that nobody is logged in.

import { retryDelay } from '../api/backoff';

export interface AskerWorld<T> {
  ask(): Promise<T>;
  /** Whether a failure is an answer, after which nothing is asked again. */
  refused(error: unknown): boolean;
  random(): number;
  after(ms: number, what: () => void): () => void;
}

export class Asker<T> {
  private run = 0;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly world: AskerWorld<T>,
    private readonly answered: (answer: T) => void,
    private readonly refused: () => void,
  ) {}

  /** Asks anew; what is under way is forgotten. Resolves when the first attempt has ended. */
  begin(): Promise<void> {
    this.end();
    return this.attempt(this.run, 0);
  }

  end(): void {
    ++this.run;
    this.cancelTimer();
  }

  private async attempt(run: number, n: number): Promise<void> {
    try {
      const answer = await this.world.ask();
      if (run === this.run) this.answered(answer);
    } catch (error) {
      if (run !== this.run) return;
      if (this.world.refused(error)) this.refused();
      else this.cancelTimer = this.world.after(retryDelay(n, this.world.random()), () => void this.attempt(run, n + 1));
    }
  }
}
