"""The engine: documents, log, rooms, fan-out. It knows no contact and no HTTP framework."""
