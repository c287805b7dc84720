/** How many orders of the server are under way. */
export class Orders {
  #open = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#open += 1;
    try {
      return await work();
    } finally {
      this.#open -= 1;
    }
  }

  get none(): boolean {
    return this.#open === 0;
  }
}
