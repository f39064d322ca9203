"""The JSON dialects of products, one module each, found by the folder. Each offers `DIALECT`.

No object may be recognised by two of them, so their order does not matter; a test holds every sample against all.
`table` takes the flat objects that none of them knows.
"""
