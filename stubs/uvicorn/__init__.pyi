# The parts of uvicorn that this project uses; its version here has no types.
