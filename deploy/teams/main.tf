# The bot as Terraform: what azure.sh makes, kept as code. The secret is in the state: keep that where secrets are kept.

terraform {
  required_providers {
    azuread = { source = "hashicorp/azuread", version = "~> 3.0" }
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.0" }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group" { type = string }
variable "public_url" { type = string }
variable "name" {
  type    = string
  default = "countersign"
}
variable "channel" {
  type    = string
  default = "teams"
}

data "azuread_client_config" "current" {}

# of this tenant alone: nobody from elsewhere can even speak to it
resource "azuread_application" "bot" {
  display_name     = var.name
  sign_in_audience = "AzureADMyOrg"
}

resource "azuread_service_principal" "bot" {
  client_id = azuread_application.bot.client_id
}

resource "azuread_application_password" "gateway" {
  application_id = azuread_application.bot.id
  display_name   = "gateway"
}

resource "azurerm_bot_service_azure_bot" "bot" {
  name                    = var.name
  resource_group_name     = var.resource_group
  location                = "global"
  sku                     = "F0"
  microsoft_app_id        = azuread_application.bot.client_id
  microsoft_app_type      = "SingleTenant"
  microsoft_app_tenant_id = data.azuread_client_config.current.tenant_id
  endpoint                = "${trimsuffix(var.public_url, "/")}/channels/teams/${var.channel}"
}

resource "azurerm_bot_channel_ms_teams" "teams" {
  bot_name            = azurerm_bot_service_azure_bot.bot.name
  location            = azurerm_bot_service_azure_bot.bot.location
  resource_group_name = var.resource_group
}

output "app_id" { value = azuread_application.bot.client_id }
output "tenant" { value = data.azuread_client_config.current.tenant_id }
output "secret" {
  value     = azuread_application_password.gateway.value
  sensitive = true
}
