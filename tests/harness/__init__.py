"""What every pytest suite of this tree shares.

messages_api   plays the model: scripted answers, really streamed
claude         the real Claude Code, pinned, and the environment it runs in
receiver       plays n8n: takes notifications, checks them, misbehaves
instance       one orchestrator instance behind a real nginx and spawn-fcgi
processes      who descends from this test run, and is anything left of it
answers        what is said of an answer again and again
waiting        a condition with a limit, instead of a sleep
"""
