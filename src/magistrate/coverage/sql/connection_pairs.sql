-- Time of one TCP connection as each of two hosts logged it. The two ends are put in one order, because records do
-- not agree on which side is the source. Connections seen more than once in a channel of a host are left out.
WITH ends AS (
  SELECT
    n.host, n.Channel, n.Timestamp,
    CASE WHEN n.SourceIp < n.DestinationIp THEN n.SourceIp ELSE n.DestinationIp END AS low_ip,
    CASE WHEN n.SourceIp < n.DestinationIp THEN n.SourcePort ELSE n.DestinationPort END AS low_port,
    CASE WHEN n.SourceIp < n.DestinationIp THEN n.DestinationIp ELSE n.SourceIp END AS high_ip,
    CASE WHEN n.SourceIp < n.DestinationIp THEN n.DestinationPort ELSE n.SourcePort END AS high_port
  FROM network_connection n
  WHERE n.host IS NOT NULL AND n.Timestamp IS NOT NULL AND n.SourceIp <> n.DestinationIp
    AND n.SourcePort IS NOT NULL AND n.DestinationPort IS NOT NULL
    AND (n.Protocol IS NULL OR LOWER(n.Protocol) IN ('tcp', '6'))
),
sure AS (
  SELECT host, Channel, low_ip, low_port, high_ip, high_port, MIN(Timestamp) AS utc
  FROM ends
  GROUP BY host, Channel, low_ip, low_port, high_ip, high_port
  HAVING COUNT(*) = 1
)
SELECT
  a.host AS first_host, b.host AS second_host, a.utc AS first_utc, b.utc AS second_utc,
  CASE WHEN a.Channel = b.Channel THEN a.Channel ELSE 'mixed' END AS channel
FROM sure a
JOIN sure b
  ON b.low_ip = a.low_ip AND b.low_port = a.low_port AND b.high_ip = a.high_ip AND b.high_port = a.high_port
  AND b.host > a.host
ORDER BY first_host, second_host, channel, first_utc, second_utc
