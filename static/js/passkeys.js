// Says beside the button what went wrong with a passkey; allauth's scripts do the rest.

const WORDS = {
  NotAllowedError: "Nothing was done: it was cancelled, or it took too long. Try again.",
  InvalidStateError: "This device holds a passkey of your account already.",
  SecurityError: "Passkeys work only where the site has a name: open it by its name, or at localhost, not at a number.",
  NotSupportedError: "This device has no kind of passkey that works here.",
};
const OTHER = "That did not work. Reload the page and try again, or use another way.";

document.addEventListener("allauth.error", (event) => {
  const said = document.querySelector("[data-passkey-error]");
  if (!said) return;
  event.preventDefault();
  said.textContent = WORDS[event.detail.exception.name] ?? OTHER;
});
