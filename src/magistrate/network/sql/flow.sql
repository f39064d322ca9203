WITH flow AS (
  SELECT 'zeek' AS sensor, e.SourceIp AS src, e.DestinationIp AS dst, e.DestinationPort AS port, e.Timestamp AS seen,
    e.OrigBytes AS sent, e.RespBytes AS back, e.DurationMs AS lasted, e.evidence_id
  FROM zeek_conn e WHERE e.Timestamp IS NOT NULL AND e.SourceIp IS NOT NULL AND e.DestinationIp IS NOT NULL
  UNION ALL
  SELECT 'zeek names' AS sensor, e.SourceIp AS src, LOWER(e.DestinationHostname) AS dst, e.DestinationPort AS port,
    e.Timestamp AS seen, c.OrigBytes AS sent, c.RespBytes AS back, c.DurationMs AS lasted, e.evidence_id
  FROM zeek_ssl e LEFT JOIN (SELECT FlowId, MAX(OrigBytes) AS OrigBytes, MAX(RespBytes) AS RespBytes,
      MAX(DurationMs) AS DurationMs FROM zeek_conn GROUP BY FlowId) c ON c.FlowId = e.FlowId
  WHERE e.Timestamp IS NOT NULL AND e.SourceIp IS NOT NULL AND e.DestinationHostname <> e.DestinationIp
  UNION ALL
  SELECT 'zeek names' AS sensor, e.SourceIp AS src, LOWER(e.DestinationHostname) AS dst, e.DestinationPort AS port,
    e.Timestamp AS seen, CAST(NULL AS BIGINT) AS sent, CAST(NULL AS BIGINT) AS back, CAST(NULL AS BIGINT) AS lasted,
    e.evidence_id
  FROM zeek_http e
  WHERE e.Timestamp IS NOT NULL AND e.SourceIp IS NOT NULL AND e.DestinationHostname <> e.DestinationIp
  UNION ALL
  SELECT CASE WHEN e.EventID = 3 THEN 'sysmon' ELSE 'filtering platform' END AS sensor, e.host AS src,
    e.DestinationIp AS dst, e.DestinationPort AS port, e.Timestamp AS seen, CAST(NULL AS BIGINT) AS sent,
    CAST(NULL AS BIGINT) AS back, CAST(NULL AS BIGINT) AS lasted, e.evidence_id
  FROM network_connection e
  WHERE e.Timestamp IS NOT NULL AND e.Initiated = TRUE AND e.EventID IN (3, 5156) AND e.DestinationIp IS NOT NULL
)
