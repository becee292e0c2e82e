"""The product: accounts, contacts, notes and their REST side, on Starlette."""
