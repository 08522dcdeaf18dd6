// Passkeys: asks the browser to make or use one and posts its answer with the form around it. Without script
// these elements stay hidden, and password, app and recovery codes work as ever.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const withBytes = (credentials = []) => credentials.map((each) => ({ ...each, id: toBytes(each.id) }));

const make = async ({ publicKey }, alone) => {
  const selection = { ...publicKey.authenticatorSelection };
  if (alone) Object.assign(selection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
  return navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: selection,
    },
  });
};

const use = ({ publicKey }) =>
  navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  });

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

const plain = (credential) => {
  const response = {};
  for (const part of PARTS) if (credential.response[part]) response[part] = toText(credential.response[part]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
};

customElements.define(
  "passkey-form",
  class extends HTMLElement {
    connectedCallback() {
      this.form = this.querySelector("form");
      this.note = this.querySelector("[role=alert]");
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.submit();
      });
    }

    async submit() {
      this.note.textContent = "";
      try {
        const credential = await this.ask();
        this.form.elements.credential.value = JSON.stringify(plain(credential));
        this.form.submit();
      } catch {
        // What exactly went wrong is between the person and their device.
        this.note.textContent = this.dataset.failed;
      }
    }

    async ask() {
      if (this.dataset.act === "make") {
        const alone = this.form.elements.passwordless;
        return make(JSON.parse(this.dataset.options).creation_options, alone && alone.checked);
      }
      return use((await this.options()).request_options);
    }

    async options() {
      if (this.dataset.options) return JSON.parse(this.dataset.options);
      const answer = await fetch(this.form.action, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }
  },
);
