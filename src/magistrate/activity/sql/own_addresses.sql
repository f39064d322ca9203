SELECT host, address, COUNT(*) AS seen FROM (
  SELECT host, SourceIp AS address FROM network_connection WHERE Initiated = TRUE
  UNION ALL
  SELECT host, DestinationIp AS address FROM network_connection WHERE Initiated = FALSE 
    AND (EventID = 5156 OR ActionType = 'InboundConnectionAccepted')
) AS own
WHERE address IS NOT NULL GROUP BY host, address ORDER BY host, address
