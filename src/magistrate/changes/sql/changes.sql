WITH seen AS (
  SELECT r.kind, e.evidence_id, e.Timestamp, e.host, e.Channel, e.Provider, e.EventID, e.RecordId, e.file,
    e.Image, e.ServiceName, e.TaskName, e.Name, e.ImageLoaded, e.TargetObject, e.TargetUserName, e.ObjectName,
    e.MemberName, e.MemberSid, e.ImagePath, e.Destination, e.Details, e.OldValue, e.NewValue, e.Status, e.Path,
    e.Signature, e.Operation, e.AuditPolicyChanges, e.RuleId, e.param1, e.User, e.UserSid, e.SubjectUserSid,
    COALESCE(e.SubjectUserName, e.User) AS actor, COALESCE(e.SubjectLogonId, e.LogonId) AS logon_id,
    COALESCE(e.ServiceName, e.TaskName, e.Name, e.ImageLoaded, e.TargetObject, e.TargetUserName, e.ObjectName,
      e.AuditPolicyChanges, e.Consumer, e.Path, e.Provider) AS subject,
    CASE WHEN e.Timestamp < w.t0 THEN 1 ELSE 0 END AS earlier,
    CASE WHEN EXISTS (SELECT 1 FROM change_near n WHERE n.host = e.host AND e.Timestamp >= n.from_time
      AND e.Timestamp <= n.to_time) THEN 1 ELSE 0 END AS near
  FROM event e
  JOIN change_rule r ON r.category = e.category AND r.EventID = e.EventID
  JOIN change_window w ON w.host = e.host AND w.scope = r.scope
  WHERE e.category IN ('service', 'scheduled_task', 'update', 'driver_load', 'code_integrity', 'device',
      'directory_change', 'policy_applied', 'account_change', 'firewall', 'defence', 'tamper', 'wmi_activity',
      'wmi_subscription', 'registry_event')
    AND e.Timestamp >= w.from_time AND e.Timestamp <= w.to_time
    AND (r.pattern IS NULL OR LOWER(e.TargetObject) LIKE r.pattern)
), ranked AS (
  SELECT s.*, COUNT(*) OVER (PARTITION BY s.kind, s.host, s.EventID, s.subject, s.actor, s.logon_id, s.earlier,
      s.near) AS number,
    MAX(s.Timestamp) OVER (PARTITION BY s.kind, s.host, s.EventID, s.subject, s.actor, s.logon_id, s.earlier,
      s.near) AS last_seen,
    ROW_NUMBER() OVER (PARTITION BY s.kind, s.host, s.EventID, s.subject, s.actor, s.logon_id, s.earlier, s.near
      ORDER BY s.Timestamp, s.evidence_id) AS place
  FROM seen s
)
SELECT * FROM ranked WHERE place = 1
ORDER BY near DESC, Timestamp, host, evidence_id
