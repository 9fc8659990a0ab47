type Part = () => void | Promise<void>;

/**
 * Draws parts of a page, each in a task of its own, so that a hand never waits for longer than one of them takes. The first part comes before whichever of
 * the others is next, so that none of them starves it, nor it them.
 */
export class Painting<Name extends string> {
  private readonly first: Name;
  private readonly due = new Set<Name>();
  private isOn = false;

  constructor(private readonly parts: Record<Name, Part>) {
    this.first = this.names[0]!;
  }

  /** Draws these, all where none is named; what was asked for and is not drawn yet is drawn once. */
  ask(...names: Name[]): void {
    for (const name of names.length > 0 ? names : this.names) this.due.add(name);
    if (!this.isOn) void this.go();
  }

  private get names(): Name[] {
    return Object.keys(this.parts) as Name[];
  }

  private async go(): Promise<void> {
    this.isOn = true;
    await Promise.resolve(); // whatever else is asked for in this task comes with it
    while (this.due.size > 0) {
      await this.draw(this.first);
      await this.draw([...this.due].find((name) => name !== this.first));
    }
    this.isOn = false;
  }

  private async draw(name: Name | undefined): Promise<void> {
    if (name === undefined || !this.due.delete(name)) return;
    try {
      await this.parts[name]();
    } catch (error) {
      console.error(error);
    }
    await new Promise((resume) => setTimeout(resume));
  }
}
