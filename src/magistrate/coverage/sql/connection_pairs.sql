-- Clock differences of pairs of hosts: one thing that happened once, as each of two hosts logged it. Returns the
-- samples at the ends, the quartiles and the middle of each pair, method and channel; a pair of equal ends is one.
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
-- The two ends are put in one order, because records do not agree on which side is the source. Connections seen more
-- than once in a channel of a host are left out.
sure AS (
  SELECT host, Channel, low_ip, low_port, high_ip, high_port, MIN(Timestamp) AS utc
  FROM ends
  GROUP BY host, Channel, low_ip, low_port, high_ip, high_port
  HAVING COUNT(*) = 1
),
-- A network logon names address and port of the caller, which the caller's own connection carries too.
callers AS (
  SELECT host, Channel, SourceIp, SourcePort, MIN(Timestamp) AS utc
  FROM network_connection
  WHERE Initiated = TRUE AND SourceIp IS NOT NULL AND SourcePort IS NOT NULL AND Timestamp IS NOT NULL
  GROUP BY host, Channel, SourceIp, SourcePort
  HAVING COUNT(*) = 1
),
callees AS (
  SELECT host, Channel, SourceIp, SourcePort, MIN(Timestamp) AS utc
  FROM logon
  WHERE EventID = 4624 AND SourceIp IS NOT NULL AND SourcePort > 0 AND Timestamp IS NOT NULL
    AND SourceIp NOT IN ('127.0.0.1', '::1', '0:0:0:0:0:0:0:1')
  GROUP BY host, Channel, SourceIp, SourcePort
  HAVING COUNT(*) = 1
),
-- A Kerberos logon carries one GUID in the ticket (4769, on the domain controller) and in the logon (4624).
tickets AS (
  SELECT host, Channel, LogonGuid, MIN(Timestamp) AS utc
  FROM (
    SELECT host, Channel, LogonGuid, Timestamp FROM logon WHERE EventID = 4624
    UNION ALL
    SELECT host, Channel, LogonGuid, Timestamp FROM kerberos WHERE EventID = 4769
  ) AS named
  WHERE LogonGuid IS NOT NULL AND LogonGuid <> '00000000-0000-0000-0000-000000000000' AND Timestamp IS NOT NULL
  GROUP BY host, Channel, LogonGuid
  HAVING COUNT(*) = 1
),
pairs AS (
  SELECT
    'connection' AS method, a.host AS first_host, b.host AS second_host, a.utc AS first_utc, b.utc AS second_utc,
    CASE WHEN a.Channel = b.Channel THEN a.Channel ELSE 'mixed' END AS channel
  FROM sure a
  JOIN sure b
    ON b.low_ip = a.low_ip AND b.low_port = a.low_port AND b.high_ip = a.high_ip AND b.high_port = a.high_port
    AND b.host > a.host
  UNION ALL
  SELECT
    'logon_connection' AS method,
    CASE WHEN c.host < l.host THEN c.host ELSE l.host END AS first_host,
    CASE WHEN c.host < l.host THEN l.host ELSE c.host END AS second_host,
    CASE WHEN c.host < l.host THEN c.utc ELSE l.utc END AS first_utc,
    CASE WHEN c.host < l.host THEN l.utc ELSE c.utc END AS second_utc,
    CASE WHEN c.Channel = l.Channel THEN c.Channel ELSE 'mixed' END AS channel
  FROM callers c
  JOIN callees l ON l.SourceIp = c.SourceIp AND l.SourcePort = c.SourcePort AND l.host <> c.host
  UNION ALL
  SELECT
    'ticket' AS method, a.host AS first_host, b.host AS second_host, a.utc AS first_utc, b.utc AS second_utc,
    CASE WHEN a.Channel = b.Channel THEN a.Channel ELSE 'mixed' END AS channel
  FROM tickets a
  JOIN tickets b ON b.LogonGuid = a.LogonGuid AND b.host > a.host
),
-- Two records further apart are not one thing: ports are used again.
near_pairs AS (
  SELECT method, first_host, second_host, first_utc, second_utc, channel
  FROM pairs
  WHERE second_utc <= first_utc + :most_seconds * INTERVAL '1' SECOND
    AND second_utc >= first_utc - :most_seconds * INTERVAL '1' SECOND
),
ranked AS (
  SELECT
    method, first_host, second_host, channel, first_utc, second_utc,
    ROW_NUMBER() OVER (
      PARTITION BY method, first_host, second_host, channel ORDER BY second_utc - first_utc, first_utc
    ) AS nth,
    COUNT(*) OVER (PARTITION BY method, first_host, second_host, channel) AS n
  FROM near_pairs
)
SELECT method, first_host, second_host, channel, first_utc, second_utc, nth, n
FROM ranked
WHERE nth = 1 OR nth = n
  OR nth * 2 BETWEEN n AND n + 2
  OR nth * 4 BETWEEN n AND n + 3
  OR nth * 4 BETWEEN 3 * n AND 3 * n + 3
ORDER BY first_host, second_host, method, channel, nth
