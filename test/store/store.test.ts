import { storeContract } from './contract.ts'
import { implementations } from './implementations.ts'

for (const implementation of implementations) storeContract(implementation)
