"""What tests of health share with others."""

FINE = {
    "devices": [{"access_point": "laser", "device": "reader", "ok": True}],
    "disk_free_bytes": 10**10,
    "clock_trusted": True,
    "temperature_c": 55.0,
    "backlog": 3,
}
