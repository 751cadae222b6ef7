/* Passkeys: the form asks its server what to ask the device, and takes along what that answers. */

const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

async function asked(form) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(form.dataset.passkey, { method: "POST", body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function credential(options) {
  if (options.user) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

async function send(form) {
  const wrong = form.querySelector("[data-passkey-wrong]");
  wrong.hidden = true;
  try {
    const made = await credential(await asked(form));
    form.elements.credential.value = JSON.stringify(made);
    form.submit();
  } catch {
    wrong.hidden = false;
  }
}

for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  const button = form.querySelector("[data-passkey-button]");
  form.hidden = button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (form.reportValidity()) send(form);
  });
}
