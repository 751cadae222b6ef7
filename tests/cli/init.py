"""What tests of init share with others."""

CONFIG = """
[site]
id = "la-fabrique"
keys = "keys"
[database]
url = "sqlite:///data/loquet.db"
[mqtt]
ca = "keys/ca.crt"
cert = "keys/hub.crt"
key = "keys/hub.key"
broker_dir = "broker"
[web]
secret = "keys/web.secret"
"""
