"""The access decision, `decide()`, and its checks: may this person use this machine or door now?"""
