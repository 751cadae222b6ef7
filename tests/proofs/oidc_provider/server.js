// npm's oidc-provider, which signs what it tells of somebody as ProConnect does.
// node server.js PORT REDIRECT_URI
import Provider from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const person = (id) => ({ sub: `sub-${id}`, email: `${id}@town.example`, given_name: id, usual_name: "Lovelace" });

const provider = new Provider(issuer, {
  clients: [{
    client_id: "loquet",
    client_secret: "s3cret-".repeat(6),
    redirect_uris: [redirect],
    id_token_signed_response_alg: "RS256",
    userinfo_signed_response_alg: "RS256",
  }],
  claims: { openid: ["sub"], email: ["email"], given_name: ["given_name"], usual_name: ["usual_name"] },
  cookies: { keys: ["x".repeat(32)] },
  features: { jwtUserinfo: { enabled: true }, devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...person(id), sub: id }) }),
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("up"));
