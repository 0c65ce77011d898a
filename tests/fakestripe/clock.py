"""Time: what is due is done in its order, each thing at its own moment."""

from collections.abc import Callable, Iterable

from tests.fakestripe.store import Store

Due = tuple[int, Callable[[], object]]
"""A moment and what happens then; having happened, it must be due no more."""

DUE: list[Callable[[Store], Iterable[Due]]] = []


def due(look: Callable[[Store], Iterable[Due]]) -> Callable[[Store], Iterable[Due]]:
    """Register a function that finds what will happen by itself."""
    DUE.append(look)
    return look


def catch_up(store: Store) -> None:
    """Do all that has become due."""
    _run(store, store.now())


def advance(store: Store, *, seconds: int = 0, to: int | None = None) -> int:
    """Move the clock forward, never back, and let happen what happens on the way. Returns the new time."""
    target = max(to if to is not None else store.now() + seconds, store.now())
    _run(store, target)
    if store.frozen is not None:
        store.frozen = target
    else:
        store.offset += target - store.now()
    return store.now()


def _run(store: Store, target: int) -> None:
    try:
        while True:
            waiting = [one for look in DUE for one in look(store)]
            moment, act = min(waiting, key=lambda one: one[0], default=(target + 1, _nothing))
            if moment > target:
                return
            store.at(moment)
            act()
    finally:
        store.at(None)


def _nothing() -> None:
    pass
