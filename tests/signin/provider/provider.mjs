// A real, certified OpenID Connect provider on loopback for the tests: any login is accepted, and the
// login is the e-mail address. One line on standard output says where it listens.
//
// node provider.mjs REDIRECT_URI [verified|unverified] [in-token|in-userinfo]

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirectUri, verified = "verified", place = "in-userinfo"] = process.argv.slice(2);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "cii",
        client_secret: "a secret that only the provider and CII know",
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    pkce: { required: () => true },
    jwks: { keys: [{ ...key, kid: "signing", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["of no importance here"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    // Without this the address stands in the userinfo answer alone, as the specification says.
    conformIdTokenClaims: place !== "in-token",
    findAccount: (_, login) => ({
      accountId: login,
      claims: () => ({ sub: login, email: login, email_verified: verified === "verified" }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
