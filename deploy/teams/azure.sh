#!/bin/sh
# Registers the bot: one application of this tenant alone, its secret, and the bot that Teams speaks to. Run it once, signed in
# with `az login` as somebody who may register applications and make resources.
#
#   ./azure.sh RESOURCE_GROUP NAME https://countersign.example.com [CHANNEL_ID]
set -eu
umask 077
group="${1:?the resource group}"
name="${2:?a name for the bot, unique in Azure}"
url="${3:?the address of the gateway, https://…}"
channel="${4:-teams}"
case "$url" in https://*) ;; *) echo "the address of the gateway is not https" >&2; exit 2 ;; esac

tenant="$(az account show --query tenantId --output tsv)"
app="$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv)"
# without it the application cannot sign in to its own tenant
az ad sp create --id "$app" --output none
az bot create --resource-group "$group" --name "$name" --app-type SingleTenant --appid "$app" \
  --tenant-id "$tenant" --endpoint "${url%/}/channels/teams/$channel" --sku F0 --output none
az bot msteams create --resource-group "$group" --name "$name" --output none
# shown once by Azure, and to nobody here: into a file of its own, from there into your secret manager
az ad app credential reset --id "$app" --append --display-name gateway --years 1 \
  --query password --output tsv > teams_secret

cat <<END
channels:
  teams:
    - id: $channel
      app_id: $app
      tenant: $tenant
      secret: file:$PWD/teams_secret

countersign teams package countersign.zip --app-id $app --public-url $url
END
