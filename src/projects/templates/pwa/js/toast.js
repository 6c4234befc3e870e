// Short offers at the foot of the page, each with one thing to do.

const STAYS = 12_000;

/**
 * Offers something. An offer of the same kind is replaced. It goes by itself, unless it is to stay or someone is at it.
 * @param {string} kind
 * @param {string} message
 * @param {string} action what the button says
 * @param {() => void} act
 * @param {{ stays?: boolean }} [options]
 */
export function toast(kind, message, action, act, { stays = false } = {}) {
  document.querySelector(`#toasts [data-kind="${kind}"]`)?.remove();
  const offer = document.querySelector("#toast").content.firstElementChild.cloneNode(true);
  const [button, close] = offer.querySelectorAll("button");
  offer.dataset.kind = kind;
  offer.querySelector("span").textContent = message;
  button.textContent = action;
  button.addEventListener("click", () => { offer.remove(); act(); });
  close.textContent = stays ? "Not now" : "Close";
  close.addEventListener("click", () => offer.remove());
  document.querySelector("#toasts").append(offer);
  if (stays) return;
  const leave = () => {
    if (offer.matches(":hover, :focus-within")) setTimeout(leave, STAYS);
    else offer.remove();
  };
  setTimeout(leave, STAYS);
}
