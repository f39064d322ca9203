-- Addresses from which two hosts opened connections of their own. A host with many addresses or an address of many
-- hosts is a gateway or a pool: it says nothing of one machine.
WITH own AS (
  SELECT n.host, n.SourceIp AS address, MIN(n.evidence_id) AS evidence_id
  FROM network_connection n
  WHERE n.Initiated = TRUE AND n.host IS NOT NULL AND n.SourceIp IS NOT NULL
    AND n.SourceIp NOT IN ('127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '0.0.0.0', '::')
    AND n.SourceIp NOT LIKE 'fe80%' AND n.SourceIp NOT LIKE '169.254.%'
  GROUP BY n.host, n.SourceIp
),
plain_hosts AS (
  SELECT host FROM own GROUP BY host HAVING COUNT(*) <= :most_addresses
),
plain_addresses AS (
  SELECT address FROM own GROUP BY address HAVING COUNT(*) BETWEEN 2 AND :most_hosts
)
SELECT
  a.host AS first_host, b.host AS second_host, a.address, a.evidence_id, b.evidence_id AS second_evidence_id
FROM own a
JOIN own b ON b.address = a.address AND b.host > a.host
JOIN plain_addresses p ON p.address = a.address
JOIN plain_hosts x ON x.host = a.host
JOIN plain_hosts y ON y.host = b.host
ORDER BY first_host, second_host, a.address
