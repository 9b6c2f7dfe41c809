"""Rules for a server that strangers reach, without a server: requests, connections, origins, headers, passwords."""
