import { id, integer, text, typeName, wrongType } from './forms.ts';
import { listOf, optional, record, required, type Shape } from './shape.ts';
import { parseJson, type Json } from '@countersign/core';
