/** The component that the reader points at: it is lit wherever it appears, and the others step back. */
export class Light {
  private pointed: number | null = null;
  private readonly listeners: (() => void)[] = [];
  private frame = 0;

  get component(): number | null {
    return this.pointed;
  }

  point(component: number | null): void {
    if (component === this.pointed) return;
    this.pointed = component;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      for (const listen of this.listeners) listen();
    });
  }

  dims(component: number): boolean {
    return this.pointed !== null && this.pointed !== component;
  }

  onChange(listen: () => void): void {
    this.listeners.push(listen);
  }

  /** Lights a component while the pointer is over an element. */
  follow<T extends Element>(node: T, component: number): T {
    node.addEventListener('pointerenter', () => this.point(component));
    node.addEventListener('pointerleave', () => this.point(null));
    return node;
  }
}
