"""The rehearsal room: Telegram's Bot API on this machine, phones to play with, and a clock that can be moved.

It knows Telegram's rules and nothing of Twinbot: it imports neither `bot.telegram` nor `storage` nor `telegram`, so the
bot meets it only over HTTP, as it meets Telegram.

Without I/O (the rules, tested as functions):
    refusals    every way in which Telegram says no, with its source
    parameters  reading what a bot sent
    entities    HTML, MarkdownV2 and Markdown, as strictly as Telegram
    keyboards   inline and reply keyboards
    pace        the published rates
    updates     what waits for the bot, 24 hours at most
    phones      people's phones: messages, keyboards, traffic
    state       the whole room as plain data
    telling     the room in Telegram's shapes
    sending     the methods of the Bot API that change a chat
    methods     the table of all methods
    people      what a person does on her phone
    voices      the voice note that she records
    playing     what would be answered next on a phone
    faults      what goes wrong when asked to
    clockwork   how the simulated clock moves
With I/O:
    server      the HTTP server; botapi, clock_api and room_api are its three sides
    webhook     delivery to the bot's webhook
    player      answers for a person, once or to the end
    keeping     the room in a file
    supervisor  the bot as a child process
    room        all of it together

Moments are unix seconds (float) on the simulated clock, as Telegram and the clock contract count them.
"""
