"""thalweg beside other systems: the driver."""
