"""The PKCS#11 driver: a token holds the key that wraps the store; what it can cipher with is used inside it.

No software token serves SM4 or SM2 (docs/keys.md): their keys come from the token's random numbers and lie wrapped
by the token, but they are used in the key service's memory. `inside` of the driver says which is which.

This is the only place that imports the library. It calls C_Initialize without locking, so that two threads in it at
once end the process (SIGSEGV): every call stands under one lock.
"""
