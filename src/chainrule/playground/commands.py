"""What each message of the protocol makes a session do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chainrule.playground import messages
from chainrule.playground._set_to import AT_ONCE

if TYPE_CHECKING:
    from chainrule.playground.journal import Unit
    from chainrule.playground.session import Session

__all__ = ["obey"]


def obey(session: Session, message: messages.Message) -> list[dict[str, Any]]:
    """Do what a message says.

    Parameters
    ----------
    session : Session
        Whose page has sent it.
    message : Message
        Of the protocol.

    Returns
    -------
    list of dict
        The answers.

    Raises
    ------
    InputError
        It cannot be done; nothing is changed.
    """
    answer = None
    match message:
        case messages.Set():
            session.set(message.name, message.value)
        case messages.Load():
            session.load(message.address)
        case messages.Play():
            session.start_playing()
        case messages.Pause():
            session.pause()
        case messages.Advance():
            session.advance(cast("Unit", message.unit), message.count, seconds=AT_ONCE)
        case messages.Reset():
            session.reset()
        case messages.Restart():
            session.restart()
        case messages.Rewind():
            session.rewind(message.epoch)
        case messages.Race():
            session.race(message.starts, message.epochs)
        case messages.Weight():
            session.weight(message.layer, message.source, message.to, message.value)
        case messages.Pick():
            session.pick(message.row, message.at)
        case messages.Explain():
            answer = session.explain()
        case messages.Inspect():
            answer = _inspect(session, message)
        case messages.Python():
            answer = {"type": "python", "code": session.python()}
    return [] if answer is None else [answer]


def _inspect(session: Session, message: messages.Inspect) -> dict[str, Any]:
    if message.node is not None:
        return session.inspect_node(message.node.layer, message.node.node)
    weight = message.weight
    assert weight is not None  # noqa: S101 (the message has one of the two)
    return session.inspect_weight(weight.layer, weight.source, weight.to)
