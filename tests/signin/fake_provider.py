"""An identity provider on loopback that answers whatever a test wants, true or forged.

It signs with keys of its own and is no more than an attacker's program would be: nothing in it comes
from the library that reads its answers.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Signer = Callable[[bytes], bytes]


def encoded(data: bytes) -> str:
    """Base64 as in tokens: for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict[str, Any], header: dict[str, Any], sign: Signer) -> str:
    """A signed token, put together by hand."""
    body = ".".join(encoded(json.dumps(each).encode()) for each in (header, claims))
    return f"{body}.{encoded(sign(body.encode()))}"


class Key:
    """A pair of keys."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(65537, 2048)

    def sign(self, body: bytes) -> bytes:
        """RS256."""
        return self.private.sign(body, padding.PKCS1v15(), hashes.SHA256())

    def sign_with_the_public_half(self, body: bytes) -> bytes:
        """HS256, with what everybody can read as the shared secret."""
        pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hmac.new(pem, body, hashlib.sha256).digest()

    def public(self, kid: str) -> dict[str, str]:
        """The public half as the provider shows it."""
        numbers = self.private.public_key().public_numbers()
        n, e = (
            encoded(each.to_bytes((each.bit_length() + 7) // 8, "big"))
            for each in (numbers.n, numbers.e)
        )
        return {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": n, "e": e}


class FakeProvider:
    """What it answers is set by the test: `metadata`, `token_answer`, `userinfo`, `token_status`."""

    def __init__(self, key: Key) -> None:
        self.key = key
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers = {
                    "/.well-known/openid-configuration": provider.metadata,
                    "/keys": {"keys": [provider.key.public("1")]},
                    "/userinfo": provider.userinfo,
                }
                self._answer(200, answers[self.path])

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.asked.append((self.path, sent, self.headers["Authorization"]))
                self._answer(provider.token_status, provider.token_answer)

            def _answer(self, status: int, answer: Any) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.userinfo: Any = {}
        self.token_answer: Any = {}
        self.token_status = 200
        self.asked: list[tuple[str, str, str | None]] = []
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self) -> "FakeProvider":
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def claims(self, nonce: str, email: str) -> dict[str, Any]:
        """What a good ID token says."""
        now = int(time.time())
        return {
            "iss": self.issuer,
            "sub": "a subject",
            "aud": "cii",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": email,
            "email_verified": True,
        }
