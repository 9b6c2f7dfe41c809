# What this project uses of uvicorn, whose version has no types.
