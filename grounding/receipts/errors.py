"""What receipts fail at.

ServiceError
├── KeyUnusable       tell the operator: the signing key is not there, or is none
└── ExportUnreadable  tell the operator: the file is no export of receipts
"""

from grounding.errors import ServiceError


class KeyUnusable(ServiceError):
    """A key cannot be read or used; the message says what to do."""


class ExportUnreadable(ServiceError):
    """A file is no export of receipts, or cannot be read."""
