// Passkeys: signs in with one at the door, and adds one on the account's page. Forms marked with data-passkey show
// themselves only where this runs; nothing else waits for it.

const here = "PublicKeyCredential" in window && isSecureContext;
if (here) document.documentElement.dataset.passkeys = "yes";

// By delegation: forms of the account's page come and go.
addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (here) run(form);
}, { capture: true });

async function run(form) {
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  say(form, "Follow your browser…");
  try {
    await (form.dataset.passkey === "add" ? add(form) : signIn(form));
  } catch (error) {
    say(form, words(error));
  }
  button.disabled = false;
}

async function signIn(form) {
  const options = await ask("/sign-in/passkey/begin");
  const credential = await navigator.credentials.get({ publicKey: requestOptions(options) });
  const next = new FormData(form).get("next") ?? "/";
  const answer = await ask("/sign-in/passkey/finish", { answer: toJSON(credential), next });
  say(form, "Welcome.");
  location.assign(answer.next);
}

async function add(form) {
  const field = form.querySelector("input[name=name]");
  const options = await ask("/api/v1/account/passkeys/begin");
  const credential = await navigator.credentials.create({ publicKey: creationOptions(options) });
  const passkey = await ask("/api/v1/account/passkeys/finish", { name: field.value, answer: toJSON(credential) });
  field.value = "";
  say(form, `“${passkey.name}” was added. You can sign in with it from now on.`);
}

async function ask(path, body = {}) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, request).catch(() => null);
  if (!answer) throw new Refusal("The workshop does not answer. Try again in a moment.");
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(said?.detail ?? `The workshop answered ${answer.status}. Try again in a moment.`);
  return said;
}

// What the workshop said, for people.
class Refusal extends Error {}

function words(error) {
  if (error instanceof Refusal) return error.message;
  switch (error?.name) {
    case "NotAllowedError":
    case "AbortError":
      return "Nothing was done: it was cancelled, took too long, or there is no passkey for this workshop here.";
    case "InvalidStateError":
      return "This device holds a passkey of yours already.";
    case "SecurityError":
      return "The browser allows no passkeys at this address.";
    default:
      return `The browser could not do it (${error?.name ?? "no reason given"}). Try another way.`;
  }
}

function say(form, text) {
  const place = form.querySelector("[data-passkey-says]");
  if (place) place.textContent = text;
}

// Browsers read and write JSON themselves since 2023 to 2025; for older ones the bytes are turned here.

function requestOptions(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { ...options, challenge: bytes(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(descriptor) };
}

function creationOptions(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(descriptor),
  };
}

function descriptor(known) {
  return { ...known, id: bytes(known.id) };
}

function toJSON(credential) {
  // Some password managers give credentials whose toJSON fails.
  try {
    return credential.toJSON();
  } catch {
    const { response } = credential;
    const created = "attestationObject" in response;
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: created
        ? {
            clientDataJSON: text(response.clientDataJSON),
            attestationObject: text(response.attestationObject),
            authenticatorData: text(response.getAuthenticatorData()),
            publicKey: response.getPublicKey() ? text(response.getPublicKey()) : undefined,
            publicKeyAlgorithm: response.getPublicKeyAlgorithm(),
            transports: response.getTransports(),
          }
        : {
            clientDataJSON: text(response.clientDataJSON),
            authenticatorData: text(response.authenticatorData),
            signature: text(response.signature),
            userHandle: response.userHandle ? text(response.userHandle) : undefined,
          },
    };
  }
}

function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
