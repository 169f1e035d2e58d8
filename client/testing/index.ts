/** For tests of what is built on the client: the service in memory. */
export { createMemoryService, type InMemoryService } from './service/create-memory-service.ts'
