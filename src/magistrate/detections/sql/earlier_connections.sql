SELECT COUNT(*) AS seen FROM network_connection e
WHERE e.host = :host AND e.DestinationIp = :address AND e.Timestamp < :before
