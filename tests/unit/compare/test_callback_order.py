"""The done callbacks of a speech are called in the order in which they were added."""

import asyncio

from livekit.agents.voice import SpeechHandle

from offhook.testing.compare.callback_order import done_callbacks_in_order


async def test_callbacks_are_called_in_order_and_one_that_raises_stops_no_other() -> None:
    called = list[int]()

    def callback(number: int) -> None:
        called.append(number)
        if number == 3:
            raise ValueError("on purpose")

    callbacks = [lambda _, number=number: callback(number) for number in range(50)]
    with done_callbacks_in_order():
        speech = SpeechHandle.create()
        for one in callbacks:
            speech.add_done_callback(one)
        speech.remove_done_callback(callbacks[7])
        speech._mark_done()
        await asyncio.sleep(0)
        speech.add_done_callback(lambda _: callback(50))
        await asyncio.sleep(0)
    assert called == [number for number in range(51) if number != 7]
