// Verifies an access token as a service elsewhere would: by the key set alone, with a library of its own.
// Reads {token, keys, issuer, audience, now} on standard input; writes what the token says, or why it is refused.
import { text } from "node:stream/consumers";
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from "jose";

const { token, keys, issuer, audience, now } = JSON.parse(await text(process.stdin));
const rules = { issuer, audience, typ: "at+jwt", algorithms: ["ES256"], currentDate: new Date(now * 1000) };
const required = ["exp", "iat", "sub", "jti", "client_id"];
try {
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { ...rules, requiredClaims: required });
  const thumbprints = await Promise.all(keys.keys.map((key) => calculateJwkThumbprint(key)));
  console.log(JSON.stringify({ payload, thumbprints }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.code }));
}
