"""What can go wrong, as one tree; each class says in one sentence what, and who is told."""


class DalilError(Exception):
    """Anything of ours; the text is fit to be shown to the person named by the subclass."""


class SettingsError(DalilError):
    """A setting is wrong; whoever starts the program is told, and it does not start."""


class MessageRefused(DalilError):
    """A patron's message cannot be taken as it is; the patron is told, nothing is kept.

    ``code`` is one of too_long, empty, too_fast, of a file also file_kind, file_large, file_many, and
    keys the text in the patron's language.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ConversationUnknown(DalilError):
    """No conversation is kept under that address; the channel starts a new one."""


class HandoffUnknown(DalilError):
    """No such handoff; the librarian is told."""


class HandoffTaken(DalilError):
    """Another librarian claimed it first; the librarian is told who (the text is the name)."""


class HandoffEnded(DalilError):
    """The handoff is closed or abandoned; the librarian is told."""


class NotAssigned(DalilError):
    """Only the librarian who holds the assignment may do this; the librarian is told."""


class NotAllowed(DalilError):
    """The account's role does not allow it; whoever asked is told."""


class AtCapacity(DalilError):
    """The librarian holds as many handoffs as they said is enough; they are asked whether to go on."""

    def __init__(self, capacity: int) -> None:
        super().__init__(f"holds {capacity} already")
        self.capacity = capacity


class ReferralOver(DalilError):
    """The referral was taken, recalled, or had its time; the librarian is told."""


class AnotherOpen(DalilError):
    """It cannot be reopened: the patron has asked again meanwhile; the librarian is told."""


class NotAgreed(DalilError):
    """The patron has not agreed that librarians see earlier conversations; the librarian is told."""


class NotYours(DalilError):
    """Only the one who wrote a message may change it; the librarian is told."""


class Rejected(DalilError):
    """What was filled in cannot be kept; the text says what is wrong and where.

    ``code`` keys the text in the language of whoever filled it in; ``values`` are its values.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code} {values or ''}".strip())
        self.code = code
        self.values = values


class SignInRefused(DalilError):
    """E-mail and password do not belong together, or the account is disabled."""


class LockedOut(SignInRefused):
    """Too many wrong passwords; the librarian may try again after ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} s")
        self.seconds = seconds


class DeliveryDeferred(DalilError):
    """The network asks for a pause; the sender tries again after ``seconds``."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"retry after {seconds} s")
        self.seconds = seconds


class DeliveryRefused(DalilError):
    """The network will never take this message; the librarian is shown the reason."""


class PatronGone(DeliveryRefused):
    """The patron cannot be reached at this address any more; an open handoff ends, and its desk is told."""


class DeliveryUncertain(DalilError):
    """The network may have taken the message; it is sent again, and the librarian is told so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class EngineFailed(DalilError):
    """The dialogue engine was late, empty or broken; the patron gets an apology and a person."""
