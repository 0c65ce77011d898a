// What the next click costs. The server says it in words for every mode and number; here it is only picked out.

export class Cost {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.place = form.querySelector("[data-cost]");
    form.addEventListener("change", () => this.show());
    document.addEventListener("day", (event) => this.take(event.detail));
    this.show();
  }

  get mode() {
    return this.form.querySelector("[name=mode]:checked") ?? this.form.querySelector("[type=hidden][name=mode]");
  }

  get usesCredit() {
    return Boolean(this.form.querySelector("[type=checkbox][name=credit]:enabled:checked"));
  }

  show() {
    const costs = JSON.parse(this.mode?.dataset.costs ?? "[[], []]")[Number(this.usesCredit)];
    const words = costs[Number(this.form.elements.n?.value ?? 1) - 1] ?? "";
    // Said aloud when it changes, and only then.
    if (this.place.textContent !== words) this.place.textContent = words;
  }

  /** How the day stands after something was asked for or has ended. */
  take({ modes, credit }) {
    for (const [name, { left, costs }] of Object.entries(modes)) {
      const field = this.form.querySelector(`[name=mode][value="${name}"]`);
      if (!field) continue;
      field.dataset.costs = JSON.stringify(costs);
      (field.closest("label") ?? this.form).querySelector("[data-left]").textContent = left;
    }
    const choice = this.form.querySelector("[data-credit]");
    choice.hidden = !credit;
    for (const input of choice.querySelectorAll("input")) input.disabled = !credit;
    choice.querySelector("[data-credit-words]").textContent = credit;
    this.show();
  }
}
