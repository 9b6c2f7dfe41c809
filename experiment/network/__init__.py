"""The rules of a server that strangers can reach, independent of any server: requests, connections,
origins, headers, passwords.
"""
