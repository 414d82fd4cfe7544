public import Foundation

extension ConnectionOptions {
    /// The connection that the configuration file and the environment describe, as for all Temporal SDKs.
    ///
    /// It is that of ``ClientProfile/load(_:from:isStrict:environment:)``, which says what counts and how; the profile
    /// knows the namespace, too.
    ///
    /// - Parameter environment: The variables. Default: those of the process.
    /// - Returns: The options.
    /// - Throws: ``ConnectionOptionsError`` if the file is wrong, or contradicts itself or the environment.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ConnectionOptions {
        try ClientProfile.load(environment: environment).connectionOptions()
    }
}
