/// Certificates for tests, valid until the year 2126: a root, a server for `localhost` and `temporal.test`, a client.
enum TestCertificates {
    /// The root that signed the others.
    static let root = """
        -----BEGIN CERTIFICATE-----
        MIIBjjCCATWgAwIBAgIUWDR4iC6BubgR9l+x149SB4IxwMAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASvRH7z6aOuekCxoK5DFggP5bGYbGvzd2rzaAwq5kwWh0mWYJjamFIU
        lq11c38iLvNkFwKPKrJkNK7HDcQIeI/To2MwYTAdBgNVHQ4EFgQUWuMN055dBAJT
        e1e34I40zhybqEYwHwYDVR0jBBgwFoAUWuMN055dBAJTe1e34I40zhybqEYwDwYD
        VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwIDRwAwRAIg
        Ao+C9pc6b46R2WHTfiVEHZowSCz98c6wMTeHGjILvy8CIEYznsbJ+NHJ6wiRGvR0
        JXbbH5cx9oAxbLgFsohaK8LM
        -----END CERTIFICATE-----
        """

    /// The certificate of the server.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBsjCCAVigAwIBAgIUM/4O+8S8x+nepTarmwPYAhYVbEAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASbmrTBi5na9/UDJpCG1BeV7LOqk+LWKWbmxNTOF/Oa0XU1cUS/KbEKQp4I
        yLVosWq/BDupt3jGQZZN4Mlm9NMno4GIMIGFMCMGA1UdEQQcMBqCCWxvY2FsaG9z
        dIINdGVtcG9yYWwudGVzdDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMB
        MB0GA1UdDgQWBBQo/1gsA2lSKz/wJiI07m7DKZyUOTAfBgNVHSMEGDAWgBRa4w3T
        nl0EAlN7V7fgjjTOHJuoRjAKBggqhkjOPQQDAgNIADBFAiAWus3sMB+Oc85WJjKZ
        T5MHKzuhVW059SxImntIWulsLgIhAJk2+M4ydi7eCg/zrKdzJtQOx2hntDUILy9d
        s5a9Rme3
        -----END CERTIFICATE-----
        """

    /// The key of the server.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5BGI2ES6clZDcxe/
        0sxw+IChAO7pWXwbw2TxJne9pm2hRANCAASbmrTBi5na9/UDJpCG1BeV7LOqk+LW
        KWbmxNTOF/Oa0XU1cUS/KbEKQp4IyLVosWq/BDupt3jGQZZN4Mlm9NMn
        -----END PRIVATE KEY-----
        """

    /// The certificate of the client.
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBozCCAUmgAwIBAgIUM/4O+8S8x+nepTarmwPYAhYVbEEwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMTA4MDgyOVoYDzIxMjYxMDI4
        MDgwODI5WjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASu9pQy2mU3CXaWC5eSLlSkKqNPXCTrtnFn1zCJ6Uk0tG0oqVaiyr+CkfXF
        iV8A6Sk40GQoCQi8wVlCRjr9VRv5o3oweDAWBgNVHREEDzANggtjbGllbnQudGVz
        dDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBQglMnI
        7m8JZLbmR94sSm67j0S52TAfBgNVHSMEGDAWgBRa4w3Tnl0EAlN7V7fgjjTOHJuo
        RjAKBggqhkjOPQQDAgNIADBFAiBIj21exYzTaC4gZsX03MFO3fQpB4ofFtLhp9uq
        MJuYxQIhAKTkoOnA0QpD2u9/CQNJYA7T66PHzn+njkuDUYjwJUPc
        -----END CERTIFICATE-----
        """

    /// The key of the client.
    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBh4aNUzZ+5DOFLQ0
        3hwSTCXm8n687TP4zv6E6RYN+jGhRANCAASu9pQy2mU3CXaWC5eSLlSkKqNPXCTr
        tnFn1zCJ6Uk0tG0oqVaiyr+CkfXFiV8A6Sk40GQoCQi8wVlCRjr9VRv5
        -----END PRIVATE KEY-----
        """
}

/// Another root, and what it signed, valid until the year 2126: a server for `other.test` and 127.0.0.1.
extension TestCertificates {
    /// The root that signed the other.
    static let otherRoot = """
        -----BEGIN CERTIFICATE-----
        MIIBkjCCATegAwIBAgIUKPn3kG1PlVyckEpqfkHqxtRoQA0wCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKT3RoZXIgUm9vdDAgFw0yNjExMjUyMTA1NDlaGA8yMTI2MTEw
        MTIxMDU0OVowFTETMBEGA1UEAwwKT3RoZXIgUm9vdDBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABCseDHrlNKNuvSCu6EpvFLaEcB1vvS1f+Kyf5W+0gkqX9B57q+/9
        IU8z730ok5cc70lPVQlYn2hJQWA20s3Swx2jYzBhMB0GA1UdDgQWBBRYp4w40JU6
        DiDC6hHuOg9vPdrDbDAfBgNVHSMEGDAWgBRYp4w40JU6DiDC6hHuOg9vPdrDbDAO
        BgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBG
        AiEA6m7Vo0nlBI4NNy8Op46a/xJBeU6QNJ1hj3yLQ6BgFc4CIQDZFDS01r/3bdeL
        NzFxa5rVR4RoKuc0RxBmPHvpdmuFuw==
        -----END CERTIFICATE-----
        """

    /// The certificate of the server.
    static let other = """
        -----BEGIN CERTIFICATE-----
        MIIBwjCCAWegAwIBAgIUFrbec/G0b6w7ezKLlhrWxsEuW0IwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKT3RoZXIgUm9vdDAgFw0yNjExMjUyMTA1NDlaGA8yMTI2MTEw
        MTIxMDU0OVowFzEVMBMGA1UEAwwMb3RoZXIgc2VydmVyMFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEFCRfmxWKDShi0Qb/gapqRN0hI85+fhR9dFtj4+g82YdS6Qc4
        XP5uhmg0aKA4TcAkpeHwsdfz1L8ofEDMusWPA6OBkDCBjTAbBgNVHREEFDASggpv
        dGhlci50ZXN0hwR/AAABMAkGA1UdEwQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEw
        DgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBTSFAlpRcCukZ4BSF1eQAF3ixPvbzAf
        BgNVHSMEGDAWgBRYp4w40JU6DiDC6hHuOg9vPdrDbDAKBggqhkjOPQQDAgNJADBG
        AiEAwFKzFseAZf8zeNaumrtI7PmB2aTyEiQJRfjxQFfcfxgCIQCqLcV0ijKfeZZs
        FV7kalpePMwfu2LPRCMLpOzge1LM8g==
        -----END CERTIFICATE-----
        """

    /// The key of the server.
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPmmbKvQXtXkeQK2c
        LkyzNbHvsrAeqn0JrPYCiqOFem2hRANCAAQUJF+bFYoNKGLRBv+BqmpE3SEjzn5+
        FH10W2Pj6DzZh1LpBzhc/m6GaDRooDhNwCSl4fCx1/PUvyh8QMy6xY8D
        -----END PRIVATE KEY-----
        """
}
