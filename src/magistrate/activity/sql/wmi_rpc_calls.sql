-- Calls on the wire that make WMI do something, with the account that authenticated the same connection.
SELECT c.evidence_id, c.Timestamp, c.time_source, c.host, c.Channel, c.EventID, c.RecordId, c.file, c.SourceIp,
  c.SourcePort, c.DestinationIp, c.DestinationPort, c.RpcInterface, c.Operation, a.TargetUserName,
  a.TargetDomainName, a.AuthenticationPackageName, a.WorkstationName
FROM zeek_dce_rpc AS c
LEFT JOIN (
  SELECT FlowId, MIN(TargetUserName) AS TargetUserName, MIN(TargetDomainName) AS TargetDomainName,
    MIN(AuthenticationPackageName) AS AuthenticationPackageName, MIN(WorkstationName) AS WorkstationName
  FROM zeek_auth WHERE TargetUserName IS NOT NULL GROUP BY FlowId HAVING COUNT(DISTINCT TargetUserName) = 1
) AS a ON a.FlowId = c.FlowId
WHERE c.RpcInterface = 'IWbemServices'
  AND c.Operation IN ('ExecMethod', 'ExecMethodAsync', 'PutInstance', 'PutInstanceAsync', 'DeleteInstance',
    'DeleteInstanceAsync', 'DeleteClass', 'DeleteClassAsync')
  AND c.SourceIp IS NOT NULL AND c.DestinationIp IS NOT NULL
ORDER BY c.SourceIp, c.DestinationIp, c.Timestamp, c.evidence_id
