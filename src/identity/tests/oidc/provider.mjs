// A real OpenID Connect provider on this machine, for the tests of the relying party. It lets everyone in as anna, without
// a page, and ends when its standard input closes. Clients are named for what is special about them: those that begin with
// "forge-" get id tokens that are signed by the provider's own key, but say something wrong.
import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { SignJWT, decodeJwt, importJWK } from "jose";
import Provider from "oidc-provider";

// Standard output is for the one line that says where it listens; nobody reads there any more after that.
console.info = console.error;

const SECRET = "for tests only, and on this machine only";

function key(alg, ...options) {
  const { privateKey } = generateKeyPairSync(...options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomUUID() };
}

const rsa = key("RS256", "rsa", { modulusLength: 2048 });
const keys = [
  rsa,
  key("PS256", "rsa", { modulusLength: 2048 }),
  key("ES256", "ec", { namedCurve: "P-256" }),
  key("ES384", "ec", { namedCurve: "P-384" }),
  key("EdDSA", "ed25519"),
];
// The provider begins to sign by this one without having told of it before.
const later = key("RS256", "rsa", { modulusLength: 2048 });
let told = false;

const publicPart = ({ kty, n, e, alg, use, kid }) => ({ kty, n, e, alg, use, kid });
const sign = async (claims, { alg, kid } = rsa, secret = undefined) =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(secret ?? (await importJWK({ ...rsa, alg }, alg)));
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// What a client's id token becomes, from the claims that it should have.
const forgeries = {
  "forge-audience": (claims) => sign({ ...claims, aud: "someone else" }),
  "forge-second-audience": (claims) => sign({ ...claims, aud: [claims.aud, "someone else"] }),
  "forge-issuer": (claims) => sign({ ...claims, iss: "https://elsewhere.example" }),
  "forge-nonce": (claims) => sign({ ...claims, nonce: "another" }),
  "forge-no-nonce": ({ nonce, ...claims }) => sign(claims),
  "forge-expired": (claims) => sign({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  "forge-access-token": (claims) => sign({ ...claims, at_hash: createHash("sha256").update("x").digest("base64url") }),
  "forge-no-signature": (claims) => `${encode({ alg: "none" })}.${encode(claims)}.`,
  "forge-shared-secret": (claims) => sign(claims, { alg: "HS256", kid: rsa.kid }, Buffer.from(SECRET)),
  "forge-signature": async (claims, token) => {
    const [header, , signature] = token.split(".");
    return `${header}.${encode({ ...claims, sub: "admin" })}.${signature}`;
  },
  "forge-unknown-key": async (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "unknown" }).sign(await importJWK(later, "RS256")),
  "forge-nothing": (claims) => sign(claims),
  "new-key": async (claims) => {
    told = true;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: later.kid }).sign(await importJWK(later, "RS256"));
  },
};

const client = (client_id, more = {}) => ({
  client_id,
  client_secret: SECRET,
  redirect_uris: ["https://workshop.example/callback"],
  ...more,
});

const configuration = {
  clients: [
    client("workshop"),
    client("public", { client_secret: undefined, token_endpoint_auth_method: "none" }),
    ...["PS256", "ES256", "ES384", "EdDSA"].map((alg) => client(alg, { id_token_signed_response_alg: alg })),
    // A native client may come back to any port of this machine.
    client("on-this-machine", { application_type: "native", redirect_uris: ["http://127.0.0.1/sign-in/oidc/return"] }),
    client("another-person"),
    client("no-user-info"),
    ...Object.keys(forgeries).map((name) => client(name)),
  ],
  jwks: { keys },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      name: "Anna Ödegård",
      preferred_username: "anna",
      email: "anna@example.org",
      email_verified: true,
    }),
  }),
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  cookies: { keys: [randomUUID()] },
};

// Lets the person in, and lets the client know them; or refuses, where the login hint asks for that.
async function interact(provider, request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (params.login_hint === "refuse") {
    const error = { error: "access_denied", error_description: "the person went back" };
    return provider.interactionFinished(request, response, error);
  }
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: "1234-anna" } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.use(async (context, next) => {
    await next();
    const id = context.oidc?.client?.clientId;
    if (context.path === "/token" && context.body?.id_token && forgeries[id]) {
      const token = context.body.id_token;
      context.body = { ...context.body, id_token: await forgeries[id](decodeJwt(token), token) };
    } else if (context.path === "/jwks" && told) {
      context.body = { keys: [...context.body.keys, publicPart(later)] };
    } else if (context.path === "/me" && id === "another-person") {
      context.body = { ...context.body, sub: "someone else" };
    } else if (context.path === "/me" && id === "no-user-info") {
      context.status = 500;
    }
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.url.startsWith("/interaction/")) {
      interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
    } else if (request.url === "/large/.well-known/openid-configuration") {
      response.writeHead(200, { "content-type": "application/json" }).end(`"${"x".repeat(2 * 1024 * 1024)}"`);
    } else if (request.url === "/moved/.well-known/openid-configuration") {
      response.writeHead(302, { location: `${issuer}/.well-known/openid-configuration` }).end();
    } else {
      answer(request, response);
    }
  });
  console.log(`listening ${issuer}`);
});
process.stdin.resume().on("end", () => process.exit());
