{{- define "countersign.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "countersign.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "countersign.labels" -}}
{{ include "countersign.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "countersign.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* countersign.yaml: what the operator decides, and what only this chart can know. The latter wins. */}}
{{- define "countersign.config" -}}
{{- $own := dict
      "listen" "0.0.0.0:8088"
      "public_url" .Values.publicUrl
      "data_dir" "/var/lib/countersign/data"
      "keys_dir" "/run/keys"
      "policies" "/etc/countersign-policies"
      "database" (dict "url" "file:/run/database/url" "schema" .Values.database.schema) -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $own "metrics" (dict "listen" (printf "0.0.0.0:%v" .Values.metrics.port)) -}}
{{- end -}}
{{- mergeOverwrite (deepCopy .Values.config) $own | toYaml -}}
{{- end -}}

{{- define "countersign.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
# mounted keys and secrets are readable for this group, and for nobody else
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "countersign.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "countersign.mounts" -}}
- { name: config, mountPath: /etc/countersign, readOnly: true }
- { name: policies, mountPath: /etc/countersign-policies, readOnly: true }
- { name: tokens, mountPath: /run/tokens, readOnly: true }
- { name: database, mountPath: /run/database, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- end -}}

{{/* Volumes of a pod, secrets of mode 0440 (288: octal is read differently by YAML 1.1 and 1.2); the name of its ConfigMap comes with the root context, as a list. */}}
{{- define "countersign.volumes" -}}
{{- $root := index . 0 -}}
- name: config
  configMap: { name: {{ index . 1 }} }
- name: policies
  configMap: { name: {{ $root.Values.policies.configMap }} }
- name: tokens
  secret: { secretName: {{ $root.Values.secrets.tokens.name }}, defaultMode: 288 }
- name: database
  secret:
    secretName: {{ $root.Values.secrets.database.name }}
    defaultMode: 288
    items: [{ key: {{ $root.Values.secrets.database.key }}, path: url }]
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 16Mi }
{{- end -}}
